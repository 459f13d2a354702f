"""What single items are worth: each module measures both arms of one, in virtual time, and gives plain figures."""
