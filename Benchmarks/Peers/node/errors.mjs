// An error as partners see it.
export class APIError extends Error {
  constructor(status, code, message, { errors, headers } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }

  // A 422 with the problems of each member.
  static invalid(errors) {
    return new APIError(422, "validation_failed", "The given data was invalid.", { errors });
  }

  toJSON() {
    return { message: this.message, code: this.code, errors: this.errors };
  }
}
