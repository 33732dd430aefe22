package io.kubehv.hv.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a definition's parts must have; JSON gives null for what is absent, whatever the type says. */
final class Required {
    private Required() {}

    static void text(String field, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw new DefinitionException(
                    "field \"" + field + "\" is " + (value == null ? "missing" : "empty") + "; it must have a value");
        }
    }

    static void value(String field, @Nullable Object value) {
        if (value == null) {
            throw new DefinitionException("field \"" + field + "\" is missing; it must have a value");
        }
    }

    static <T> List<T> list(@Nullable List<T> value) {
        return value == null ? List.of() : List.copyOf(value);
    }
}
