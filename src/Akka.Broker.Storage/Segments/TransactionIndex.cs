using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// A segment's <c>.txnindex</c>: the transactions whose abort marker it holds, in the markers' order. There is no file as long as there is none.
/// Entries: <see cref="AbortedTransaction"/>. Threads and crashes: see <see cref="EntryFile"/>.
/// </summary>
internal sealed class TransactionIndex(IDisk disk, string path) : IDisposable
{
    public EntryFile Entries { get; } = new(disk, path, AbortedTransaction.SizeInBytes);

    public void Append(AbortedTransaction transaction)
    {
        Span<byte> entry = stackalloc byte[AbortedTransaction.SizeInBytes];
        transaction.Write(entry);
        Entries.Append(entry);
    }

    /// <summary>
    /// Adds those that overlap the range. True when the search can end: no transaction of a later segment can begin before the range's end.
    /// </summary>
    public bool Collect(long startOffset, long endOffset, List<AbortedTransaction> into)
    {
        Span<byte> entry = stackalloc byte[AbortedTransaction.SizeInBytes];
        for (var i = 0; Entries.TryRead(i, entry); i++)
        {
            var transaction = AbortedTransaction.Read(entry);
            if (transaction.LastOffset >= startOffset && transaction.FirstOffset < endOffset)
                into.Add(transaction);
            if (transaction.LastStableOffset >= endOffset)
                return true;
        }
        return false;
    }

    /// <summary>Keeps the transactions whose marker lies below this.</summary>
    public void TruncateTo(long endOffset)
    {
        Span<byte> entry = stackalloc byte[AbortedTransaction.SizeInBytes];
        var keep = 0;
        while (Entries.TryRead(keep, entry) && AbortedTransaction.Read(entry).LastOffset < endOffset)
            keep++;
        Entries.Truncate(keep);
    }

    public void Dispose() => Entries.Dispose();
}
