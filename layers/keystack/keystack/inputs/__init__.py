"""Every shape that a person may send, once: the API's bodies and the operator's document. Bounds are the domain's."""
