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
}
