using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Tests.Producer;

/// <summary>What becomes of batches that are larger than their topic takes.</summary>
public sealed class ProducerSplitSpec
{
    private const int Count = 400;

    [Theory]
    [InlineData("none", ErrorCode.MessageTooLarge)]
    [InlineData("gzip", ErrorCode.MessageTooLarge)]
    [InlineData("none", ErrorCode.RecordListTooLarge)]
    public async Task Batches_that_are_too_large_are_divided_and_each_record_is_stored_once_and_in_order(string codec, ErrorCode refusal)
    {
        await using var context = new ProducerTestContext($"batch-size = 2000, compression = {codec}", TimeProvider.System);
        context.Cluster.SetTopic("t", 1, 1);
        var refused = 0;
        context.Logs.Before = (_, _, batch) => batch.RecordCount > 7 && Interlocked.Increment(ref refused) > 0 ? refusal : ErrorCode.None;

        var reports = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => context.SendAsync($"{i}", i % 2).AsTask()));

        Assert.True(refused > 0);
        for (var p = 0; p < 2; p++)
            Assert.Equal(Enumerable.Range(0, Count).Where(i => i % 2 == p).Select(i => $"{i}"), context.Logs.Values("t", p));
        Assert.All(reports, (r, i) => Assert.Equal(i / 2, r.Offset));
        Assert.Empty(context.Faults);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_else_fails_in_between_they_are_stored_once_and_in_order(int seed)
    {
        await using var context = new ProducerTestContext("batch-size = 1000", TimeProvider.System, seed: seed);
        var random = new Random(seed);
        int Next(int max)
        {
            lock (random)
                return random.Next(max);
        }
        context.Cluster.SetTopic("t", 1);
        context.Logs.Before = (_, _, batch) => batch.RecordCount > 9 ? ErrorCode.MessageTooLarge : Next(6) switch
        {
            0 => ErrorCode.NotLeaderOrFollower,
            1 => throw new BrokerUnreachableException("not reached"),
            _ => ErrorCode.None,
        };
        context.Logs.BeforeAnswer = async _ =>
        {
            await Task.Yield();
            if (Next(8) == 0)
                throw new BrokerUnreachableException("the answer is lost");
        };

        var sent = new List<Task<DeliveryReport>>();
        for (var i = 0; i < Count; i++)
        {
            sent.Add(context.SendAsync($"{i}", 0).AsTask());
            if (Next(30) == 0)
                await Task.Yield();
        }
        await Task.WhenAll(sent);

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), context.Logs.Values("t", 0));
        Assert.Empty(context.Faults);
    }

    [Fact]
    public async Task Flush_waits_for_the_parts()
    {
        await using var context = new ProducerTestContext("batch-size = 4000", TimeProvider.System);
        context.Cluster.SetTopic("t", 1);
        context.Logs.Before = (_, _, batch) => batch.RecordCount > 3 ? ErrorCode.MessageTooLarge : ErrorCode.None;
        for (var i = 0; i < 50; i++)
            await context.Producer.PostAsync(new ProducerRecord<string?, string?>("t", null, $"{i}"));

        await context.Producer.FlushAsync();

        Assert.Equal(50, context.Logs.Values("t", 0).Count);
    }

    [Fact]
    public async Task One_record_that_is_too_large_fails_with_the_limit_and_those_around_it_are_stored()
    {
        await using var context = new ProducerTestContext("batch-size = 4000", TimeProvider.System);
        context.Cluster.SetTopic("t", 1);
        context.Logs.Before = (_, _, batch) => batch.SizeInBytes > 1000 ? ErrorCode.MessageTooLarge : ErrorCode.None;

        var sent = Enumerable.Range(0, 20).Select(i => context.SendAsync(i == 7 ? new string('x', 1500) : $"{i}", 0).AsTask()).ToArray();
        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sent[7]);
        await Task.WhenAll(sent.Where((_, i) => i != 7));

        Assert.Equal(ErrorCode.MessageTooLarge, failure.ErrorCode);
        Assert.Contains("max.message.bytes", failure.Message);
        Assert.False(failure.IsOutcomeUnknown);
        Assert.Equal(Enumerable.Range(0, 20).Where(i => i != 7).Select(i => $"{i}"), context.Logs.Values("t", 0));
    }
}
