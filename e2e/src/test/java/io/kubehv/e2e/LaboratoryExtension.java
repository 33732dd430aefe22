package io.kubehv.e2e;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test its laboratory; after a failure, first shows what was in it. */
final class LaboratoryExtension implements ParameterResolver, AfterEachCallback {
    private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(Laboratory.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Laboratory.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(STORE)
                .getOrComputeIfAbsent(Laboratory.class, key -> Laboratory.open(Cluster.of(context)), Laboratory.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Laboratory laboratory = context.getStore(STORE).remove(Laboratory.class, Laboratory.class);
        if (laboratory == null) {
            return;
        }
        if (context.getExecutionException().isPresent()) {
            System.err.println("After the failure of " + context.getDisplayName() + ":\n" + laboratory.describe());
        }
        laboratory.close();
    }
}
