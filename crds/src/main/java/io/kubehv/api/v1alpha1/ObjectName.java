package io.kubehv.api.v1alpha1;

/**
 * The rule for fields that name another object. The API server takes no object of another name (RFC 1123, subdomain), so one
 * that is written with another would be waited for in vain. Lengths are each field's own, from 1 to 253.
 */
final class ObjectName {
    private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private static final String WORDS =
            "must be the name of an object: lower-case letters, digits, hyphens and dots, with a letter or digit at both ends and around each dot";

    /** The pattern of such a name. */
    static final String SUBDOMAIN = LABEL + "(\\\\." + LABEL + ")*";

    static final String RULE = "self.matches('^" + SUBDOMAIN + "$')";
    static final String MESSAGE = WORDS;
    static final String MESSAGE_EXPRESSION = "'\"' + self + '\" " + WORDS + "; correct it'";

    private ObjectName() {}
}
