package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"
)

// validationErrors lists the problems of a body by member.
type validationErrors map[string][]string

func (v validationErrors) Error() string { return "The given data was invalid." }

func (v validationErrors) add(member, problem string) {
	v[member] = append(v[member], member+" "+problem)
}

// orNil returns nil if there is no problem, so that callers can compare the error with nil.
func (v validationErrors) orNil() error {
	if len(v) == 0 {
		return nil
	}
	return v
}

// decode reads a JSON body. A member of the wrong type is a validation error.
func decode(body []byte, value interface{}) error {
	err := json.Unmarshal(body, value)
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistyped):
		problems := validationErrors{}
		problems.add(mistyped.Field, "must not be a "+mistyped.Value+".")
		return problems
	default:
		return apiError{400, "invalid_json", "The body is not valid JSON."}
	}
}

func (v validationErrors) text(member, value string, maximum int) {
	if value == "" {
		v.add(member, "is required.")
	} else {
		v.optionalText(member, &value, maximum)
	}
}

func (v validationErrors) optionalText(member string, value *string, maximum int) {
	if value != nil && utf8.RuneCountInString(*value) > maximum {
		v.add(member, fmt.Sprintf("must have at most %d characters.", maximum))
	}
}

func (v validationErrors) pattern(member, value string, pattern *regexp.Regexp, problem string) {
	if value == "" {
		v.add(member, "is required.")
	} else {
		v.optionalPattern(member, &value, pattern, problem)
	}
}

func (v validationErrors) optionalPattern(member string, value *string, pattern *regexp.Regexp, problem string) {
	if value != nil && !pattern.MatchString(*value) {
		v.add(member, problem)
	}
}

func (v validationErrors) number(member string, value, minimum, maximum int) {
	if value < minimum || value > maximum {
		v.add(member, fmt.Sprintf("must be between %d and %d.", minimum, maximum))
	}
}

func (v validationErrors) pastDate(member, value string) {
	date, err := time.Parse("2006-01-02", value)
	if err != nil {
		v.add(member, "must be a date: YYYY-MM-DD.")
	} else if !date.Before(time.Now().UTC().Truncate(24 * time.Hour)) {
		v.add(member, "must be in the past.")
	}
}

func (v validationErrors) webhookURL(member, value string) {
	location, err := url.Parse(value)
	if err != nil || location.Host == "" || (location.Scheme != "http" && location.Scheme != "https") {
		v.add(member, "must be an http or https URL.")
	}
}
