"""Administration: the journal of security incidents (LAW-154).

Words: incident (drošības incidents), journal (incidentu žurnāls), detected (konstatēts), measure (pasākums).
"""
