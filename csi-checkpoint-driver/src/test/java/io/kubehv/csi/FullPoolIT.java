package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolHealth;
import io.kubehv.csi.pool.PoolTrouble;
import io.kubehv.csi.proto.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;

/** A pool in which not one file more can be made: clones can promise more than there is, so it happens. */
class FullPoolIT extends WithDriver {
    @Test
    void a_driver_starts_on_a_full_pool_and_takes_volumes_from_pods_and_deletes_them() throws Exception {
        Volume disk = driver.create(diskRequest("disk", 64 * MEBIBYTE));
        Volume fileSystem = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Path published = driver.publish(disk, mount()).resolve("disk.img");
        Files.write(published, new byte[(int) (32 * MEBIBYTE)], StandardOpenOption.WRITE);
        driver.publish(fileSystem, mount());
        fill();

        driver.restart();

        assertThat(driver.isReady()).isTrue();
        driver.release(fileSystem);
        driver.release(disk);
        driver.delete(fileSystem);
        driver.delete(disk);
        assertThat(driver.create(diskRequest("next", 16 * MEBIBYTE)).getCapacityBytes())
                .isEqualTo(16 * MEBIBYTE);
    }

    @Test
    void volumes_that_are_there_are_given_to_pods_while_the_pool_is_full() throws Exception {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Volume fileSystem = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        fill();

        assertThat(driver.publish(disk, mount())).isDirectoryContaining("glob:**/disk.img");
        assertThat(driver.publish(fileSystem, mount())).isDirectory();

        driver.release(disk);
        driver.release(fileSystem);
    }

    @Test
    void a_full_pool_is_known_to_be_full_and_to_have_reflinks() throws Exception {
        assertThat(driver.openPool().mode()).isEqualTo(Pool.Mode.REFLINK);
        fill();

        Pool pool = driver.openPool();

        assertThat(pool.mode()).isEqualTo(Pool.Mode.REFLINK);
        assertThat(new PoolHealth(pool).trouble())
                .hasValueSatisfying(trouble ->
                        assertThat(trouble).extracting(PoolTrouble::isFull).isEqualTo(true));
    }

    @Test
    void that_the_pool_is_full_is_said_once_however_often_it_is_looked_at() throws Exception {
        PoolHealth health = new PoolHealth(driver.openPool());
        fill();
        List<LogRecord> said = new ArrayList<>();
        Handler listener = new StreamHandler() {
            @Override
            public synchronized void publish(LogRecord line) {
                said.add(line);
            }
        };
        Logger log = Logger.getLogger(PoolHealth.class.getName());
        // The driver's own probes are not asked for meanwhile, so all that is said is of this health.
        log.addHandler(listener);
        try {
            assertThat(health.trouble()).isPresent();
            assertThat(health.trouble()).isPresent();
        } finally {
            log.removeHandler(listener);
        }

        assertThat(said).hasSize(1);
    }

    private void fill() throws Exception {
        driver.fillPool();
        assertThatThrownBy(() -> Files.createTempFile(driver.pool(), "one", "more"))
                .hasMessageContaining("No space left");
    }
}
