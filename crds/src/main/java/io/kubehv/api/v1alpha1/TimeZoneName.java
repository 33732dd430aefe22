package io.kubehv.api.v1alpha1;

/** The rule for the names of time zones. Whether there is one of that name the API server can't tell. */
final class TimeZoneName {
    static final String RULE = "self.matches('^[A-Za-z][-+_A-Za-z0-9]*(/[A-Za-z][-+_A-Za-z0-9]*)*$')";
    static final String MESSAGE = "must be UTC or the name of a time zone, such as Europe/Berlin";
    static final String MESSAGE_EXPRESSION = "'\"' + self + '\" " + MESSAGE + "'";

    private TimeZoneName() {}
}
