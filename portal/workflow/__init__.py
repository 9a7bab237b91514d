"""Workflow: who does what next (7.2, 12.3, 12.5).

*Flow definition (plūsma)*: a BPMN model. *Flow run*: one going through it, about one thing (a case). *Task (uzdevums)*:
a line in people's work lists; a flow makes some of them, other areas add the rest. Everything that waits for a person
stands in the one table `task`, so one query gives a person's whole work list.

*Resolution (rezolūcija)*: what a head orders about a document, with a responsible executor (atbildīgais izpildītājs)
and co-executors (līdzizpildītāji), each of whom has a *part*; one given on by an executor is nested under it.
*Extension (termiņa pagarināšana)*, *control (kontrole)* of carrying out, *control card (kontroles kartīte)*.
"""
