/// Names a family of tokens.
package enum TokenFamily: TypedIdentifier {}
package typealias TokenFamilyID = Identifier<TokenFamily>
