package io.kubehv.api.v1alpha1;

/** The rule for the digest that a file must have. */
final class FileDigest {
    static final String RULE = "self.matches('^(sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128})$')";
    static final String MESSAGE = "must be sha256: with 64 or sha512: with 128 hexadecimal digits";
    static final String MESSAGE_EXPRESSION = "'\"' + self + '\" " + MESSAGE + ", as sha256sum prints them'";

    private FileDigest() {}
}
