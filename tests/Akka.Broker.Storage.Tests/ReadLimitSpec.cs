namespace Akka.Broker.Storage.Tests;

public sealed class ReadLimitSpec
{
    [Fact]
    public void A_first_batch_over_the_limit_is_read_whole_or_not_at_all()
    {
        using var context = new LogTestContext();
        var log = context.Log;
        log.Fill(3);
        var batch = log.ReadHeaders(0).First().SizeInBytes;

        Assert.Equal(batch, SizeOf(limit: 1, minOneBatch: true));
        Assert.Equal(0, SizeOf(limit: batch - 1, minOneBatch: false));
        Assert.Equal(batch, SizeOf(limit: batch, minOneBatch: false));
        Assert.Equal(batch + 1, SizeOf(limit: batch + 1, minOneBatch: false));

        int SizeOf(int limit, bool minOneBatch)
        {
            using var records = log.Read(0, limit, log.LogEndOffset, minOneBatch);
            return records.SizeInBytes;
        }
    }

    [Fact]
    public async Task A_read_that_ends_with_its_segment_says_whether_the_reader_may_have_more()
    {
        using var context = new LogTestContext();
        var log = context.Log;
        log.Fill(2);
        await log.RollAsync();

        Assert.False(IsContinued(0, log.LogEndOffset));
        log.Fill(1);
        var behind = log.ReadHeaders(0).Last().BaseOffset;
        Assert.True(IsContinued(0, log.LogEndOffset));
        Assert.True(IsContinued(0, behind + 1));
        Assert.False(IsContinued(0, behind));
        Assert.False(IsContinued(behind, log.LogEndOffset));

        bool IsContinued(long from, long limit)
        {
            using var records = log.Read(from, int.MaxValue, limit, minOneBatch: true);
            return records.IsContinued;
        }
    }
}
