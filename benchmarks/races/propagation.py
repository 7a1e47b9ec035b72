RACES: list = []
