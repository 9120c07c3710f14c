"""Documents of suppliers and what the merchant says about them, in countries whose authority wants to know."""
