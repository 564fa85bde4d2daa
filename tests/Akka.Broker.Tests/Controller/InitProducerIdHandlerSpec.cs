using System.Net;
using Akka.Broker.Controller;
using Akka.Broker.Controller.Handlers;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Controller;

public sealed class InitProducerIdHandlerSpec : IAsyncLifetime
{
    private readonly MemoryDisk _disk = new();
    private ControllerTestNode _node = null!;
    private InitProducerIdHandler _handler = null!;

    public async Task InitializeAsync()
    {
        _node = new ControllerTestNode(_disk);
        await _node.RegisterAsync();
        _handler = Handler();
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Each_producer_gets_an_id_of_its_own_with_epoch_0()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 2500).Select(_ => AskAsync(new InitProducerIdRequest())));

        Assert.All(responses, r => Assert.Equal((ErrorCode.None, (short)0), (r.ErrorCode, r.ProducerEpoch)));
        Assert.Equal(2500, responses.Select(r => r.ProducerId).Distinct().Count());
        await _node.Metadata.WaitForAsync(image => image.NextProducerId == 3000);
    }

    [Fact]
    public async Task Ids_are_not_given_again_after_a_restart()
    {
        var before = await AskAsync(new InitProducerIdRequest());
        await _node.DisposeAsync();
        await InitializeAsync();

        var after = await AskAsync(new InitProducerIdRequest());

        Assert.Equal((0, 1000), (before.ProducerId, after.ProducerId));
    }

    [Fact]
    public async Task Producer_that_brings_its_id_gets_the_next_epoch()
    {
        var first = await AskAsync(new InitProducerIdRequest());

        var next = await AskAsync(new InitProducerIdRequest { ProducerId = first.ProducerId, ProducerEpoch = 4 });

        Assert.Equal((first.ProducerId, (short)5), (next.ProducerId, next.ProducerEpoch));
    }

    [Theory]
    [InlineData(0, short.MaxValue - 1)]
    [InlineData(0, short.MaxValue)]
    [InlineData(123456, 1)]
    public async Task Used_up_epoch_or_unknown_id_gets_a_new_one(long id, short epoch)
    {
        await AskAsync(new InitProducerIdRequest());

        var next = await AskAsync(new InitProducerIdRequest { ProducerId = id, ProducerEpoch = epoch });

        Assert.Equal((ErrorCode.None, 1, (short)0), (next.ErrorCode, next.ProducerId, next.ProducerEpoch));
    }

    [Theory]
    [InlineData("orders-writer", -1, -1, ErrorCode.TransactionalIdAuthorizationFailed)]
    [InlineData("", -1, -1, ErrorCode.InvalidRequest)]
    [InlineData(null, 5, -1, ErrorCode.InvalidRequest)]
    [InlineData(null, -1, 5, ErrorCode.InvalidRequest)]
    public async Task What_cannot_be_is_refused(string? transactionalId, long id, short epoch, ErrorCode error)
    {
        var response = await AskAsync(new InitProducerIdRequest { TransactionalId = transactionalId, ProducerId = id, ProducerEpoch = epoch });

        Assert.Equal((error, -1), (response.ErrorCode, response.ProducerId));
    }

    private InitProducerIdHandler Handler() =>
        new(new ProducerIds(_node.Client, _node.Metadata, ControllerTestNode.NodeId), _node.Metadata);

    private Task<InitProducerIdResponse> AskAsync(InitProducerIdRequest request) =>
        _handler.HandleAsync(request, new RequestContext(4, "test", new IPEndPoint(IPAddress.Loopback, 1), "PLAINTEXT", 1), CancellationToken.None).AsTask();
}
