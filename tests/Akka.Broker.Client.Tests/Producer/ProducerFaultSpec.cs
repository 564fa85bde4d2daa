using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Tests.Producer;

/// <summary>What an application sees of a producer whose brokers fail it.</summary>
public sealed class ProducerFaultSpec : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ProducerTestContext _context = new("batch-size = 100", TimeProvider.System);

    [Fact]
    public async Task Answer_that_is_lost_leads_to_one_copy_in_its_place()
    {
        _context.Cluster.SetTopic("t", 1);
        var lost = 0;
        _context.Logs.BeforeAnswer = _ => Interlocked.Increment(ref lost) <= 3 ? throw new BrokerUnreachableException("lost") : Task.CompletedTask;
        await SendAndCheckAsync(50);
    }

    [Fact]
    public async Task Old_leader_leads_to_the_new_one()
    {
        _context.Cluster.SetTopic("t", 1);
        await _context.SendAsync("first");
        _context.Logs.Before = (broker, _, _) => broker == 1 ? ErrorCode.NotLeaderOrFollower : ErrorCode.None;
        _context.Cluster.RefreshesByItself = false;
        var sent = _context.SendAsync("a").AsTask();
        _context.Cluster.SetTopic("t", 1, [2]);
        _context.Cluster.Refresh();
        Assert.Equal(1, (await sent).Offset);
    }

    [Fact]
    public async Task Broker_that_forgot_the_producer_gets_its_records_once_under_the_next_epoch()
    {
        _context.Cluster.SetTopic("t", 1);
        await SendAndCheckAsync(10);
        _context.Logs.ForgetProducers("t", 0);
        await SendAndCheckAsync(30, before: 10);
    }

    [Fact]
    public async Task Batch_that_is_refused_fails_and_those_behind_it_are_delivered_in_order()
    {
        _context.Cluster.SetTopic("t", 1);
        await _context.SendAsync("first");
        var refused = 0;
        _context.Logs.Before = (_, _, _) => Interlocked.Increment(ref refused) == 2 ? ErrorCode.InvalidRecord : ErrorCode.None;
        var sent = Enumerable.Range(0, 40).Select(i => _context.SendAsync($"{i}").AsTask()).ToArray();
        await Task.WhenAll(sent).ContinueWith(_ => { });
        var delivered = sent.Select((s, i) => (s, i)).Where(x => x.s.IsCompletedSuccessfully).Select(x => $"{x.i}").ToList();
        Assert.InRange(delivered.Count, 30, 39);
        Assert.Equal(["first", .. delivered], _context.Logs.Values("t", 0));
        var failure = Assert.IsAssignableFrom<BrokerClientException>(sent.First(s => s.IsFaulted).Exception!.InnerException);
        Assert.Equal(ErrorCode.InvalidRecord, failure.ErrorCode);
    }

    [Fact]
    public async Task Time_that_is_over_fails_a_record_and_says_that_it_may_be_stored()
    {
        await using var context = new ProducerTestContext("delivery-timeout = 31s");
        context.Cluster.SetTopic("t", 1);
        context.Logs.BeforeAnswer = _ => throw new BrokerUnreachableException("lost");
        var sent = context.SendAsync("a").AsTask();
        await context.UntilSentAsync();
        await context.AdvanceUntilAsync(sent.ContinueWith(_ => { }), TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sent);
        Assert.Equal((ErrorCode.RequestTimedOut, true), (failure.ErrorCode, failure.IsOutcomeUnknown));
        context.Logs.BeforeAnswer = _ => Task.CompletedTask;
        var next = context.SendAsync("b").AsTask();
        await context.AdvanceUntilAsync(next, TimeSpan.FromMilliseconds(2));
        Assert.Equal(["a", "b"], context.Logs.Values("t", 0));
    }

    [Fact]
    public async Task Flush_does_not_wait_for_the_answer_to_what_was_given_up()
    {
        await using var context = new ProducerTestContext("delivery-timeout = 31s");
        context.Cluster.SetTopic("t", 1);
        var release = new TaskCompletionSource();
        context.Logs.BeforeAnswer = _ => release.Task;
        var sent = context.SendAsync("a").AsTask();
        await context.UntilSentAsync();
        await context.AdvanceUntilAsync(sent.ContinueWith(_ => { }), TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<DeliveryException>(() => sent);

        await context.Producer.FlushAsync().WaitAsync(Patience);

        release.SetResult();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_fails_in_between_each_record_is_there_once_and_in_order(int seed)
    {
        const int Partitions = 3;
        const int Count = 3000;
        await using var context = new ProducerTestContext("batch-size = 300", TimeProvider.System, seed: seed);
        context.Logs.LetsOvertake = true;
        var random = new Random(seed);
        int Next(int max)
        {
            lock (random)
                return random.Next(max);
        }
        context.Cluster.SetTopic("t", 1, 2, 1);
        context.Logs.Before = (_, partition, _) => Next(12) switch
        {
            0 => ErrorCode.NotLeaderOrFollower,
            1 => ErrorCode.NotEnoughReplicas,
            2 => throw new BrokerUnreachableException("not reached"),
            3 => Next(10) == 0 ? ErrorCode.KafkaStorageError : ErrorCode.None,
            _ => ErrorCode.None,
        };
        context.Logs.BeforeAnswer = async _ =>
        {
            for (var i = Next(20); i > 0; i--)
                await Task.Yield();
            if (Next(10) == 0)
                throw new BrokerUnreachableException("the answer is lost");
        };
        var sent = new List<Task<DeliveryReport>>();
        for (var i = 0; i < Count; i++)
        {
            sent.Add(context.SendAsync($"{i}", i % Partitions).AsTask());
            if (Next(20) == 0)
                await Task.Yield();
        }
        await Task.WhenAll(sent);
        for (var p = 0; p < Partitions; p++)
            Assert.Equal(Enumerable.Range(0, Count).Where(i => i % Partitions == p).Select(i => $"{i}"), context.Logs.Values("t", p));
        Assert.All(sent, (s, i) => Assert.Equal(s.Result.Offset < 0 ? -1 : i / Partitions, s.Result.Offset));
        Assert.Empty(context.Faults);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private async Task SendAndCheckAsync(int count, int before = 0)
    {
        var sent = Enumerable.Range(before, count).Select(i => _context.SendAsync($"{i}").AsTask()).ToArray();
        await Task.WhenAll(sent);
        Assert.Equal(Enumerable.Range(0, before + count).Select(i => $"{i}"), _context.Logs.Values("t", 0));
        Assert.Empty(_context.Faults);
    }
}
