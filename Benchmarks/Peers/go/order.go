package main

import (
	"fmt"
	"time"
)

const webhookURLLimit = 5

// orderDraft is an order as partners submit it.
type orderDraft struct {
	PatientID        string   `json:"patient_id"`
	PharmacyID       string   `json:"pharmacy_id"`
	MedicationID     string   `json:"medication_id"`
	DispenseQuantity int      `json:"dispense_quantity"`
	DaysSupply       *int     `json:"days_supply"`
	OrderID          *string  `json:"order_id"`
	CustomerID       *string  `json:"customer_id"`
	Memo             *string  `json:"memo"`
	ClinicalNotes    *string  `json:"clinical_notes"`
	WebhookURLs      []string `json:"webhook_urls"`
}

// order is an order in responses and in the database.
type order struct {
	UUID   string `json:"uuid"`
	Status string `json:"status"`
	orderDraft
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

// event is the payload of a webhook.
type event struct {
	Event     string     `json:"event"`
	Order     eventOrder `json:"order"`
	Timestamp string     `json:"timestamp"`
}

type eventOrder struct {
	UUID       string  `json:"uuid"`
	OrderID    *string `json:"order_id"`
	CustomerID *string `json:"customer_id"`
	Status     string  `json:"status"`
}

func newOrder(draft orderDraft, now time.Time) order {
	if draft.WebhookURLs == nil {
		draft.WebhookURLs = []string{}
	}
	return order{newUUID(), "pending", draft, timestamp(now), timestamp(now)}
}

func (o order) created() event {
	return event{"order.created", eventOrder{o.UUID, o.OrderID, o.CustomerID, o.Status}, o.CreatedAt}
}

func (d orderDraft) validate() error {
	problems := validationErrors{}
	problems.text("patient_id", d.PatientID, 36)
	problems.text("pharmacy_id", d.PharmacyID, 36)
	problems.text("medication_id", d.MedicationID, 1024)
	problems.number("dispense_quantity", d.DispenseQuantity, 1, 1000)
	if d.DaysSupply != nil {
		problems.number("days_supply", *d.DaysSupply, 1, 365)
	}
	problems.optionalText("order_id", d.OrderID, 100)
	problems.optionalText("customer_id", d.CustomerID, 100)
	problems.optionalText("memo", d.Memo, 1024)
	problems.optionalText("clinical_notes", d.ClinicalNotes, 2048)
	if len(d.WebhookURLs) > webhookURLLimit {
		problems.add("webhook_urls", fmt.Sprintf("must have at most %d URLs.", webhookURLLimit))
	}
	for index, url := range d.WebhookURLs {
		problems.webhookURL(fmt.Sprintf("webhook_urls.%d", index), url)
	}
	return problems.orNil()
}

// timestamp renders a time as the guide does, for example 2025-12-22T17:15:01+00:00.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05-07:00") }

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	b := randomBytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
