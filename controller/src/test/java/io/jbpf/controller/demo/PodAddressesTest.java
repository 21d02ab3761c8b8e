package io.jbpf.controller.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.controller.demo.PodAddresses.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodAddressesTest {
    @Test
    void areTwoNeighboursOfTheNetworkForTests() {
        PodAddresses addresses = PodAddresses.choose(List.of(), new Random(1));

        assertThat(addresses.host().toString()).matches("198\\.1[89]\\.\\d+\\.\\d+/30");
        assertThat(last(addresses.pod().address().getAddress()))
                .isEqualTo(last(addresses.host().address().getAddress()) + 1);
    }

    @Test
    void avoidARouteThatIsThere() {
        Network tests = new Network(0xc6120000, 15);

        assertThat(PodAddresses.choose(List.of(tests), new Random(1)).pod().toString())
                .startsWith("10.");
    }

    @Test
    void avoidASingleAddressThatIsRouted() {
        Network all = new Network(0x0a000000, 8);
        Network half = new Network(0xc6120000, 16);

        assertThat(PodAddresses.choose(List.of(all, half), new Random(1)).pod().toString())
                .startsWith("198.19.");
    }

    @Test
    void sayWhatToDoWhenThereAreNone() {
        List<Network> everything = List.of(new Network(0x0a000000, 8), new Network(0xc6120000, 15));

        assertThatThrownBy(() -> PodAddresses.choose(everything, new Random(1)))
                .isInstanceOf(DemoFailure.class)
                .hasMessageContaining("ip route");
    }

    @Test
    void readTheRoutesButTheDefaultOne(@TempDir Path directory) throws IOException {
        Path table = Files.writeString(directory.resolve("route"), """
                Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
                eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
                eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
                """);

        assertThat(PodAddresses.routes(table)).containsExactly(new Network(0xc0000200, 24));
    }

    private static int last(byte[] address) {
        return address[address.length - 1];
    }
}
