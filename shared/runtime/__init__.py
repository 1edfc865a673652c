"""What two services must not get wrong twice: time, ids, settings, databases, consuming, publishing, stopping."""
