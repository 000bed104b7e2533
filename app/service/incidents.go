package service

import (
	"context"

	"sidekeep/sync/pim"
)

// Incidents gives the losses and doubtful changes that were noticed, newest
// first; onlyOpen leaves out those that are over.
func (s *Service) Incidents(context.Context, bool) ([]Incident, error) {
	return []Incident{}, nil
}

// Incident gives one. An unknown ID is Invalid.
func (s *Service) Incident(context.Context, int64) (Incident, error) {
	return Incident{}, notYet("show the incident")
}

// NewIncidents gives the open incidents that nobody was told of yet, once:
// whoever gets them tells the person.
func (s *Service) NewIncidents(context.Context) ([]Incident, error) {
	return nil, nil
}

// IncidentObjects gives an incident's objects as they were before it, by
// title. limit 0 gives all.
func (s *Service) IncidentObjects(context.Context, int64, int, int) ([]IncidentObject, error) {
	return nil, notYet("show the incident")
}

// DecideIncident ends an incident: pim.Accepted believes the loss ("It was
// me"), pim.KeptHere keeps its objects here for good. Errors: Invalid for an
// unknown ID, another decision, or one that is closed already.
func (s *Service) DecideIncident(context.Context, int64, pim.Decision) (Incident, error) {
	return Incident{}, notYet("decide")
}

// StartPutBack restores an incident's objects to the server it was seen at,
// mirrors that account, and closes the incident if everything is there again.
// The job's result is a Receipt.
func (s *Service) StartPutBack(incident int64) *Job {
	return s.start("restore", "", func(context.Context, *Job) (any, error) { return nil, notYet("put back") })
}
