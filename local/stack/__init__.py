"""What plays AWS: template.yaml's resources, each on this machine."""
