package io.kubehv.operator.claim;

import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;

/** Whether a cache shows what the API server has. */
public final class Synced {
    private Synced() {}

    /** True for a cache that is not an informer's, or one whose first list is in. */
    public static boolean is(Object cache) {
        return !(cache instanceof InformerWrappingEventSourceHealthIndicator<?> informers)
                || (!informers.informerHealthIndicators().isEmpty()
                        && informers.informerHealthIndicators().values().stream()
                                .allMatch(InformerHealthIndicator::hasSynced));
    }
}
