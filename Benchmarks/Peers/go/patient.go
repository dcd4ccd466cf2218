package main

import (
	"regexp"
	"time"
)

var (
	namePattern   = regexp.MustCompile(`^[\pL\pM '’-]{1,35}$`)
	genderPattern = regexp.MustCompile(`^[MFU]$`)
	emailPattern  = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,189}$`)
	phonePattern  = regexp.MustCompile(`^[0-9]{10}$`)
	statePattern  = regexp.MustCompile(`^[A-Z]{2}$`)
	zipPattern    = regexp.MustCompile(`^[0-9]{5}(-?[0-9]{4})?$`)
)

// patientDetails are the members of a patient that partners set.
type patientDetails struct {
	FirstName   string  `json:"first_name"`
	MiddleName  *string `json:"middle_name"`
	LastName    string  `json:"last_name"`
	DateOfBirth string  `json:"date_of_birth"`
	Gender      string  `json:"gender"`
	Email       string  `json:"email"`
	PhoneHome   *string `json:"phone_home"`
	PhoneWork   *string `json:"phone_work"`
	PhoneCell   *string `json:"phone_cell"`
	Address1    string  `json:"address1"`
	Address2    *string `json:"address2"`
	City        string  `json:"city"`
	State       string  `json:"state"`
	Zip         string  `json:"zip"`
	ExternalID  *string `json:"external_id"`
}

// patient is a patient in responses and in the database.
type patient struct {
	UUID string `json:"uuid"`
	patientDetails
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

func newPatient(details patientDetails, now time.Time) patient {
	return patient{newUUID(), details, timestamp(now), timestamp(now)}
}

func (p patientDetails) validate() error {
	const (
		name  = "may have letters, spaces, hyphens and apostrophes only, at most 35."
		phone = "must be exactly 10 digits."
	)
	problems := validationErrors{}
	problems.pattern("first_name", p.FirstName, namePattern, name)
	problems.optionalPattern("middle_name", p.MiddleName, namePattern, name)
	problems.pattern("last_name", p.LastName, namePattern, name)
	problems.pastDate("date_of_birth", p.DateOfBirth)
	problems.pattern("gender", p.Gender, genderPattern, "must be M, F or U.")
	problems.pattern("email", p.Email, emailPattern, "must be an e-mail address.")
	problems.optionalPattern("phone_home", p.PhoneHome, phonePattern, phone)
	problems.optionalPattern("phone_work", p.PhoneWork, phonePattern, phone)
	problems.optionalPattern("phone_cell", p.PhoneCell, phonePattern, phone)
	problems.text("address1", p.Address1, 60)
	problems.optionalText("address2", p.Address2, 60)
	problems.text("city", p.City, 60)
	problems.pattern("state", p.State, statePattern, "must be a two-letter code.")
	problems.pattern("zip", p.Zip, zipPattern, "must be 5 or 9 digits.")
	problems.optionalText("external_id", p.ExternalID, 100)
	return problems.orNil()
}
