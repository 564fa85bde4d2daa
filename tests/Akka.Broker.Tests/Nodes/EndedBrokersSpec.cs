using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Tests.Gateway;
using Akka.Cluster;

namespace Akka.Broker.Tests.Nodes;

/// <summary>What is known of brokers that end before the controller has fenced them.</summary>
public sealed class EndedBrokersSpec : IDisposable
{
    private readonly Membership _membership = new();
    private readonly MetadataCache _metadata = new();
    private readonly ManualTime _time = new();
    private readonly Channel<TaskCompletionSource<bool>> _probes = Channel.CreateUnbounded<TaskCompletionSource<bool>>();
    private readonly EndedBrokers _ended;

    public EndedBrokersSpec()
    {
        _metadata.PublishBrokers();
        _ended = new EndedBrokers(_membership, _metadata, "PLAINTEXT", ProbeAsync, _time);
        See(isReachable: true);
    }

    public void Dispose() => _ended.Dispose();

    [Fact]
    public async Task Unreachable_broker_whose_host_refuses_has_ended_until_it_is_reached_again()
    {
        See(isReachable: false);
        Assert.False(HasEnded());
        await AnswerAsync(true);
        Assert.True(HasEnded());

        See(isReachable: true);
        Assert.False(HasEnded());
    }

    [Fact]
    public async Task Silent_host_proves_nothing_and_is_asked_again()
    {
        See(isReachable: false);
        (await _probes.Reader.ReadAsync()).SetResult(false);
        TaskCompletionSource<bool>? again;
        while (!_probes.Reader.TryRead(out again))
        {
            Assert.False(HasEnded());
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        again.SetResult(true);
        await _ended.Settled;
        Assert.True(HasEnded());
    }

    [Fact]
    public async Task Answer_that_comes_after_the_broker_is_reached_again_does_not_count()
    {
        See(isReachable: false);
        var probe = await _probes.Reader.ReadAsync();
        See(isReachable: true);
        probe.SetResult(true);
        await _ended.Settled;
        Assert.False(HasEnded());
    }

    [Fact]
    public async Task Registration_anew_makes_it_void()
    {
        See(isReachable: false);
        await AnswerAsync(true);
        var other = _metadata.Current.Brokers[TestTopics.OtherNode];
        Assert.True(_ended.HasEnded(other));
        Assert.False(_ended.HasEnded(other with { Epoch = other.Epoch + 1 }));
    }

    private async Task AnswerAsync(bool isRefused)
    {
        (await _probes.Reader.ReadAsync()).SetResult(isRefused);
        await _ended.Settled;
    }

    private bool HasEnded() => _ended.HasEnded(_metadata.Current.Brokers[TestTopics.OtherNode]);

    private void See(bool isReachable) =>
        _membership.Publish(new MembershipView([new BrokerMember(
            TestTopics.OtherNode, new UniqueAddress(Address.Parse("akka.tcp://broker@host2:4053"), 1), MemberStatus.Up, isReachable)]));

    private Task<bool> ProbeAsync(BrokerAddress address, CancellationToken cancelled)
    {
        var probe = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _probes.Writer.TryWrite(probe);
        return probe.Task.WaitAsync(cancelled);
    }
}
