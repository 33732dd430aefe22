package io.kubehv.api.v1alpha1;

/** The rule for fields that name a file or a folder on a volume. Lengths are each field's own, from 1 to 512. */
final class FilePath {
    private static final String NAME = "[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9_-])?";

    static final String RULE = "self.matches('^" + NAME + "(/" + NAME + ")*$')";
    static final String MESSAGE =
            "must be names with slashes between them, of letters, digits, dots, hyphens, underscores and spaces, each with a letter or digit at its beginning";
    static final String MESSAGE_EXPRESSION = "'\"' + self + '\" " + MESSAGE + "'";

    private FilePath() {}
}
