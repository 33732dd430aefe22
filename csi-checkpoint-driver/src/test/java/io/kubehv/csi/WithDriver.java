package io.kubehv.csi;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests each of which has a driver with an empty pool. */
abstract class WithDriver {
    @TempDir
    Path directory;

    DriverFixture driver;

    @BeforeEach
    void start() throws IOException {
        driver = new DriverFixture(directory);
    }

    @AfterEach
    void stop() throws IOException {
        driver.close();
    }
}
