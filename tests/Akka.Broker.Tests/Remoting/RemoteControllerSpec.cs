using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Settings;
using Akka.Configuration;

namespace Akka.Broker.Tests.Remoting;

/// <summary>A node asks the controller of another one, over sockets.</summary>
public sealed class RemoteControllerSpec : IDisposable
{
    private readonly ActorSystem _deciding = Start();
    private readonly ActorSystem _asking = Start();

    public void Dispose()
    {
        _asking.Terminate().Wait();
        _deciding.Terminate().Wait();
    }

    private static ActorSystem Start()
    {
        var hocon = ConfigurationFactory.ParseString("akka { loglevel = OFF, actor.provider = remote, remote.dot-netty.tcp.port = 0 }");
        return ActorSystem.Create("broker", hocon.WithFallback(BrokerSettings.Parse().Hocon));
    }

    [Fact]
    public async Task Requests_go_there_and_answers_come_back()
    {
        _deciding.ActorOf(Props.Create(() => new Deciding()), ControllerLocator.GuardianName);
        var address = ((ExtendedActorSystem)_deciding).Provider.DefaultAddress;
        var client = new ControllerClient(
            new There(_asking.ActorSelection(new RootActorPath(address) / "user" / ControllerLocator.GuardianName)), new MetadataCache(), TimeProvider.System);

        var created = await client.AdministerAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [new() { Name = "orders" }] }, ControllerClient.DefaultTimeout, version: 2);
        var block = await client.AllocateProducerIdsAsync(new AllocateProducerIds(1, 7));
        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() =>
            client.ShutDownAsync(new ShutDownBroker(1, 7), ControllerClient.DefaultTimeout));

        Assert.Equal(("orders", ErrorCode.TopicAlreadyExists), (created.Topics[0].Name, created.Topics[0].ErrorCode));
        Assert.Equal(new ProducerIdBlock(ErrorCode.None, 1000, 1000), block);
        Assert.Equal((ErrorCode.StaleBrokerEpoch, "an older start"), (refused.Error, refused.Message));
    }

    private sealed class There(ICanTell controller) : IControllerLocator
    {
        public int ControllerId => 2;

        public ICanTell Find() => controller;
    }

    private sealed class Deciding : ReceiveActor
    {
        public Deciding()
        {
            Receive<AdminCommand>(command =>
            {
                var name = ((CreateTopicsRequest)command.Request).Topics[0].Name;
                var response = new CreateTopicsResponse { Topics = [new() { Name = name, ErrorCode = ErrorCode.TopicAlreadyExists }] };
                Sender.Tell(new AdminAnswer(response, -1) { Version = command.Version });
            });
            Receive<AllocateProducerIds>(_ => Sender.Tell(new ProducerIdBlock(ErrorCode.None, 1000, 1000)));
            Receive<ShutDownBroker>(_ => Sender.Tell(new ControllerUnavailable(ErrorCode.StaleBrokerEpoch, "an older start")));
        }
    }
}
