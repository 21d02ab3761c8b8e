package io.jbpf.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {
    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.3/24", "0.0.0.0/0", "255.255.255.255/32"})
    void readsIpv4(String text) {
        assertThat(IpPrefix.parse(text).isIpv4()).isTrue();
        assertThat(IpPrefix.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fd00::1/64", "::1/128", "::/0"})
    void readsIpv6(String text) {
        assertThat(IpPrefix.parse(text).isIpv4()).isFalse();
        assertThat(IpPrefix.parse(text))
                .isEqualTo(IpPrefix.parse(IpPrefix.parse(text).toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.1",
                "10.0.0.1/33",
                "10.0.0.1/-1",
                "10.0.0.1/x",
                "10.0.1/8",
                "300.0.0.1/8",
                "example.com/24",
                "fd00::1/129",
                "fd00:::1/64",
                "cafe/16"
            })
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> IpPrefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
