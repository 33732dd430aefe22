package io.kubehv.hv.definition;

/** A definition can't be read or breaks a rule; the message names the field, the value and what is wrong. */
public final class DefinitionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A problem found by our own rules. */
    public DefinitionException(String message) {
        super(message);
    }

    /** A problem found by the JSON parser. */
    public DefinitionException(String message, Throwable cause) {
        super(message, cause);
    }
}
