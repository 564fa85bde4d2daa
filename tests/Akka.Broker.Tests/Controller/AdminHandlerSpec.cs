using System.Net;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Controller.Handlers;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Storage.Disks;
using Akka.Tests;

namespace Akka.Broker.Tests.Controller;

/// <summary>The administrators' APIs between the gateway and the controller.</summary>
public sealed class AdminHandlerSpec : PatientTestKit
{
    private static readonly RequestContext Context = new(2, "test", new IPEndPoint(IPAddress.Loopback, 1), "PLAINTEXT", 1);

    [Fact]
    public async Task Requests_are_carried_out_by_the_controller()
    {
        await using var node = new ControllerTestNode(new MemoryDisk());
        await node.RegisterAsync();
        var client = node.Client;

        var created = await AskAsync(new CreateTopicsHandler(client), new CreateTopicsRequest { Topics = [new() { Name = "a", NumPartitions = 1, ReplicationFactor = 1 }] });
        var grown = await AskAsync(new CreatePartitionsHandler(client), new CreatePartitionsRequest { Topics = [new() { Name = "a", Count = 3, Assignments = null }] });
        var altered = await AskAsync(new AlterConfigsHandler(client), new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "a", Configs = [new() { Name = "flush.messages", Value = "1" }] }],
        });
        var changed = await AskAsync(new IncrementalAlterConfigsHandler(client), new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "a", Configs = [new() { Name = "flush.ms", Value = "5" }] }],
        });
        var described = await AskAsync(
            new DescribeConfigsHandler(node.Metadata, new ConfigDescriber(node.Configs)),
            new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "a", ConfigurationKeys = ["flush.messages", "flush.ms"] }] });
        var deleted = await AskAsync(new DeleteTopicsHandler(client), new DeleteTopicsRequest { TopicNames = ["a"] });

        Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
        Assert.Equal(ErrorCode.None, grown.Results[0].ErrorCode);
        Assert.Equal(ErrorCode.None, altered.Responses[0].ErrorCode);
        Assert.Equal(ErrorCode.None, changed.Responses[0].ErrorCode);
        Assert.Equal(["1", "5"], described.Results[0].Configs.Select(c => c.Value));
        Assert.Equal(ErrorCode.None, deleted.Responses[0].ErrorCode);
        Assert.Empty(node.Metadata.Current.Topics);
    }

    [Fact]
    public async Task Everything_in_a_request_is_refused_while_there_is_no_controller()
    {
        var client = new ControllerClient(Sys.ActorOf(Props.Create(() => new UnavailableController())), TimeProvider.System);

        var created = await AskAsync(new CreateTopicsHandler(client), new CreateTopicsRequest { Topics = [new() { Name = "a" }, new() { Name = "b" }] });
        var grown = await AskAsync(new CreatePartitionsHandler(client), new CreatePartitionsRequest { Topics = [new() { Name = "a" }] });
        var altered = await AskAsync(new AlterConfigsHandler(client), new AlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "a" }] });
        var changed = await AskAsync(
            new IncrementalAlterConfigsHandler(client), new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "a" }] });
        var deleted = await AskAsync(new DeleteTopicsHandler(client), new DeleteTopicsRequest { TopicNames = ["a", "b"] });

        Assert.Equal([("a", ErrorCode.BrokerNotAvailable), ("b", ErrorCode.BrokerNotAvailable)], created.Topics.Select(t => (t.Name, t.ErrorCode)));
        Assert.Equal(ErrorCode.BrokerNotAvailable, Assert.Single(grown.Results).ErrorCode);
        Assert.Equal(ErrorCode.BrokerNotAvailable, Assert.Single(altered.Responses).ErrorCode);
        Assert.Equal("no controller", Assert.Single(changed.Responses).ErrorMessage);
        Assert.Equal(["a", "b"], deleted.Responses.Select(r => r.Name));
    }

    private static Task<TResponse> AskAsync<TRequest, TResponse>(RequestHandler<TRequest, TResponse> handler, TRequest request)
        where TRequest : IRequest, new()
        where TResponse : IResponse =>
        handler.HandleAsync(request, Context, CancellationToken.None).AsTask();

    private sealed class UnavailableController : ReceiveActor
    {
        public UnavailableController() =>
            Receive<IControllerCommand>(_ => Sender.Tell(new ControllerUnavailable(ErrorCode.BrokerNotAvailable, "no controller")));
    }
}
