"""What single items are worth: each module measures both arms of one, and prints plain figures as JSON."""
