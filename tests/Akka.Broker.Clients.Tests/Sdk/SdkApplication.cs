using System.Text;
using Akka.Actor;
using Akka.Broker.Client;
using Akka.Configuration;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>An application that uses the SDK: a plain actor system with bootstrap servers, and settings of <c>akka.broker.client</c> besides.</summary>
internal sealed class SdkApplication(string bootstrap, string settings = "") : IAsyncDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("app", ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        akka.broker.client {
          bootstrap-servers = "{{bootstrap}}"
          {{settings}}
          consumer { auto-offset-reset = earliest, session-timeout = 6s, heartbeat-interval = 500ms, auto-commit-interval = 500ms }
        }
        """));

    public ActorSystem System => _system;

    public BrokerClient Client => BrokerClient.Get(_system);

    public ConsumerSettings Settings(string group) => ConsumerSettings.Of(_system.Settings.Config) with { GroupId = group };

    public Consumer<string?, string?> Consumer(string group, Func<ConsumerSettings, ConsumerSettings>? change = null) =>
        Client.CreateConsumer(Utf8.Instance, Utf8.Instance, change is null ? Settings(group) : change(Settings(group)));

    public async ValueTask DisposeAsync() => await _system.Terminate();

}

/// <summary>Text, or null.</summary>
internal sealed class Utf8 : IDeserializer<string?>
{
    public static readonly Utf8 Instance = new();

    public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? null : Encoding.UTF8.GetString(data);
}
