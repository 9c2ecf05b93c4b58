"""Session, document, settings and actions; QtCore at most."""
