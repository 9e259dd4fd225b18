"""Work on many units that an officer asks for once, and that is done some at a time: in turns, resumable, forgotten."""
