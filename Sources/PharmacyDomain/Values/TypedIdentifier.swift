/// What an identifier names; one empty type for each kind of thing, so that one cannot be passed for another.
package protocol TypedIdentifier {}
