using Akka.Broker.Client.Settings;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Settings;

public sealed class ClientSettingsSpec
{
    [Fact]
    public void Defaults_are_these()
    {
        var settings = ClientSettings.Of(Config.Empty);
        Assert.Equal(["127.0.0.1:9092"], settings.BootstrapServers);
        Assert.Equal("akka-broker-client", settings.ClientId);
        Assert.Equal(ClientTransport.Tcp, settings.Transport);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.RequestTimeout);
        Assert.Equal(TimeSpan.FromSeconds(3), settings.ConnectTimeout);
        Assert.Equal(TimeSpan.FromMilliseconds(50), settings.ReconnectBackoff);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.ReconnectBackoffMax);
        Assert.Equal(TimeSpan.FromMilliseconds(100), settings.RetryBackoff);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.RetryBackoffMax);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.ApiTimeout);
        Assert.Equal(TimeSpan.FromMinutes(5), settings.MetadataMaxAge);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.MetadataTimeout);
        Assert.True(settings.AllowAutoCreateTopics);
    }

    [Theory]
    [InlineData("[\"a:1\", \"[::1]:2\"]", "a:1", "[::1]:2")]
    [InlineData("\"a:1, b:2\"", "a:1", "b:2")]
    public void Bootstrap_servers_are_a_list_or_a_text_with_commas(string hocon, params string[] addresses) =>
        Assert.Equal(addresses, Of($"bootstrap-servers = {hocon}").BootstrapAddresses.Select(a => a.ToString()));

    [Theory]
    [InlineData("bootstrap-servers = [\"broker\"]", "bootstrap-servers has 'broker'; allowed: host:port")]
    [InlineData("bootstrap-servers = [\"::1:9092\"]", "has '::1:9092'")]
    [InlineData("bootstrap-servers = [\"a:99999\"]", "has 'a:99999'")]
    [InlineData("bootstrap-servers = []", "at least one host:port")]
    [InlineData("transport = udp", "akka.broker.client.transport is 'udp'")]
    [InlineData("request-timeout = soon", "akka.broker.client.request-timeout is 'soon'; allowed: a duration such as 30s")]
    [InlineData("metadata.allow-auto-create-topics = maybe", "akka.broker.client.metadata.allow-auto-create-topics is 'maybe'; allowed: on or off")]
    public void Wrong_value_is_refused_with_its_path_and_what_is_allowed(string hocon, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidClientSettingsException>(() => Of(hocon)).Message);

    [Fact]
    public void Every_key_of_the_reference_has_a_comment_above_it()
    {
        using var stream = typeof(SettingsSection).Assembly.GetManifestResourceStream("akka-broker-client.conf")!;
        var lines = new StreamReader(stream).ReadToEnd().Split('\n');
        var bare = Enumerable.Range(1, lines.Length - 1).Where(i => lines[i].Contains('=') && !lines[i].TrimStart().StartsWith('#') && !IsExplained(i));
        Assert.Empty(bare.Select(i => lines[i].Trim()));

        // A key is explained with the one above that it belongs to, as a backoff's longest pause is.
        bool IsExplained(int i) => lines[i - 1].TrimStart().StartsWith('#') || (lines[i - 1].Contains('=') && lines[i - 2].TrimStart().StartsWith('#'));
    }

    private static ClientSettings Of(string hocon) => ClientSettings.Of(ConfigurationFactory.ParseString($"akka.broker.client {{ {hocon} }}"));
}
