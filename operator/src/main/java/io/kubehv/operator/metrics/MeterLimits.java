package io.kubehv.operator.metrics;

import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Keeps libraries from making series for each VM: at 1,000 VMs they filled the heap and no scrape succeeded. */
public class MeterLimits {
    @Produces
    @Singleton
    MeterFilter noSeriesForEachObject() {
        return MeterFilter.denyNameStartsWith("operator.sdk");
    }
}
