"""HTTP/1.1 under the API of httpx: what carries the bot's requests to Flash and WhatsApp."""
