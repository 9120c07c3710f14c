"""El Salvador's services as the sandbox plays them: reception, query, invalidation and the public page."""
