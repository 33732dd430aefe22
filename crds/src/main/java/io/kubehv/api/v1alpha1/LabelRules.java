package io.kubehv.api.v1alpha1;

/**
 * The rules for labels that select objects: no object has others (Kubernetes' own syntax), so they would select nothing, and
 * nobody would say why.
 */
final class LabelRules {
    private static final String NAME = "[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?";
    private static final String IS_KEY = ".matches('^(" + ObjectName.SUBDOMAIN + "/)?" + NAME + "$')";
    private static final String IS_VALUE = ".matches('^(" + NAME + ")?$')";

    /** Of a map of labels: its keys. */
    static final String KEYS = "self.all(k, k" + IS_KEY + ")";

    /** What a key must be. */
    static final String KEY_MESSAGE =
            "must be the key of a label, such as kubernetes.io/hostname: at most 63 letters, digits, hyphens, underscores and dots with a letter or digit at both ends, after a DNS name and a slash or none";

    static final String KEYS_MESSAGE_EXPRESSION =
            "'\"' + self.filter(k, !k" + IS_KEY + ")[0] + '\" " + KEY_MESSAGE + "; correct it'";

    /** Of a map of labels: its values. */
    static final String VALUES = "self.all(k, self[k]" + IS_VALUE + ")";

    /** What a value must be. */
    static final String VALUE_MESSAGE =
            "must be the value of a label: at most 63 letters, digits, hyphens, underscores and dots with a letter or digit at both ends, or nothing";

    static final String VALUES_MESSAGE_EXPRESSION = "self.filter(k, !self[k]" + IS_VALUE
            + ").map(k, k + ': \"' + self[k] + '\" " + VALUE_MESSAGE + "; correct it')[0]";

    /** Of a key by itself. */
    static final String KEY = "self" + IS_KEY;

    static final String KEY_MESSAGE_EXPRESSION = "'\"' + self + '\" " + KEY_MESSAGE + "; correct it'";

    /** Of a value by itself. */
    static final String VALUE = "self" + IS_VALUE;

    static final String VALUE_MESSAGE_EXPRESSION = "'\"' + self + '\" " + VALUE_MESSAGE + "; correct it'";

    private static final String HAS_VALUES = "(has(self.values) && self.values.size() > 0)";

    /** Of an expression of a selector. */
    static final String OPERATOR = "self.operator in ['In', 'NotIn'] ? " + HAS_VALUES
            + " : self.operator in ['Exists', 'DoesNotExist'] && !" + HAS_VALUES;

    static final String OPERATOR_MESSAGE =
            "the operator must be In or NotIn with values, or Exists or DoesNotExist without";

    static final String OPERATOR_MESSAGE_EXPRESSION = "self.key + ': the operator \"' + self.operator"
            + " + '\" must be In or NotIn with values, or Exists or DoesNotExist without; correct it'";

    private LabelRules() {}
}
