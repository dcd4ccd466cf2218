/// The kind of thing that an identifier belongs to.
package protocol TypedIdentifier {}
