using System.Threading.Channels;
using Akka.Broker.Nodes;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Nodes;

/// <summary>A node whose registration is not its own any more.</summary>
public sealed class RegistrationKeeperSpec : IDisposable
{
    private const int NodeId = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Guid Incarnation = Guid.NewGuid();
    private static readonly Guid Disk = Guid.NewGuid();
    private readonly QuorumPort _port = new(TimeProvider.System, 2000);
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<long> _registered = Channel.CreateUnbounded<long>();
    private readonly List<string> _warnings = [];
    private MetadataImage _image = MetadataImage.Empty;

    public void Dispose() => _ending.Dispose();

    [Fact]
    public async Task Registers_again_when_its_registration_is_gone()
    {
        Commit(Registration(Incarnation, Disk));
        var running = RunAsync();

        Commit(new UnregisterBrokerRecord { BrokerId = NodeId });

        var offset = await _registered.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(_image.Offset, offset);
        Assert.Equal(Incarnation, _image.Brokers[NodeId].IncarnationId);
        Assert.Contains("not registered any more", Assert.Single(_warnings));
        await EndAsync(running);
    }

    [Fact]
    public async Task Registers_again_when_another_start_on_its_disk_is_registered()
    {
        Commit(Registration(Incarnation, Disk));
        var running = RunAsync();

        Commit(Registration(Guid.NewGuid(), Disk));

        await _registered.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(Incarnation, _image.Brokers[NodeId].IncarnationId);
        await EndAsync(running);
    }

    [Fact]
    public async Task Gives_up_when_another_disk_has_its_id()
    {
        Commit(Registration(Incarnation, Disk));
        var running = RunAsync();
        var other = Guid.NewGuid();

        Commit(Registration(Guid.NewGuid(), other));

        var refused = await Assert.ThrowsAsync<FormationRefusedException>(() => running.WaitAsync(Patience));
        Assert.Contains(other.ToString(), refused.Message);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Gives_up_against_a_copy_of_its_disk_that_does_not()
    {
        Commit(Registration(Incarnation, Disk));
        var running = RunAsync();
        for (var round = 0; round < 3; round++)
        {
            Commit(Registration(Guid.NewGuid(), Disk));
            await _registered.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }

        Commit(Registration(Guid.NewGuid(), Disk));

        var refused = await Assert.ThrowsAsync<FormationRefusedException>(() => running.WaitAsync(Patience));
        Assert.Contains("again and again", refused.Message);
    }

    [Fact]
    public async Task Bears_that_from_time_to_time()
    {
        Commit(Registration(Incarnation, Disk));
        var running = RunAsync();
        for (var round = 0; round < 10; round++)
        {
            Commit(Registration(Guid.NewGuid(), Disk));
            await _registered.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            _time.Advance(TimeSpan.FromSeconds(30));
        }
        await EndAsync(running);
    }

    private RegisterBrokerRecord Registration(Guid incarnation, Guid disk) =>
        new() { BrokerId = NodeId, BrokerEpoch = _image.Offset + 1, IncarnationId = incarnation, DirectoryId = disk, Endpoints = [] };

    private Task RunAsync()
    {
        var keeper = new RegistrationKeeper(new RegistrationOptions(NodeId, Incarnation, Disk, RegisterAsync, _warnings.Add, _time), _port);
        return keeper.RunAsync(_image.Offset, _ending.Token);
    }

    private Task<long> RegisterAsync(CancellationToken ending)
    {
        Commit(Registration(Incarnation, Disk));
        _registered.Writer.TryWrite(_image.Offset);
        return Task.FromResult(_image.Offset);
    }

    private void Commit(Protocol.Messages.IMessage record)
    {
        _image = MetadataImageBuilder.Apply(_image, [record], _image.Offset + 1, 1);
        _port.Publish(_image);
    }

    private async Task EndAsync(Task running)
    {
        await _ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
    }
}
