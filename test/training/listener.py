"""Someone who follows a training and remembers what it said."""


class Listener:
    """Hears what a run reports."""

    def __init__(self):
        self.lines, self.stages, self.notes = [], [], []

    def say(self, line):
        self.lines.append(line)

    def start(self, name, total, done=0):
        self.stages.append(name)
        return lambda done, note='': self.notes.append(note)
