"""A progress that shows nothing and keeps what was reported."""


class ProgressRecord:
    """Lines, stages and notes of a run, in order."""

    def __init__(self):
        self.lines, self.stages, self.notes = [], [], []

    def say(self, line):
        self.lines.append(line)

    def start(self, name, total, done=0):
        self.stages.append(name)
        return lambda done, note='': self.notes.append(note)
