"""Parts of the map that have an inside of their own: `app.build` says what they are joined to."""
