using System.Globalization;

namespace Akka.Broker.MultiNode.Checking;

/// <summary>
/// What the clients wrote down, a line an event; fields are parted by one blank.
/// <code>
/// W at writer promised idempotent      S at writer number partition          A at writer number partition offset
/// G at writer number partition error   F at reader partition offset          P at reader partition offset writer number
/// E at reader partition offset         C at reader partition offset          R at reader partitions
/// </code>
/// A client that was killed may leave half a line at the end: it is left out.
/// </summary>
public static class HistoryFile
{
    public static List<HistoryEvent> Read(IEnumerable<string> paths)
    {
        var events = new List<HistoryEvent>();
        foreach (var path in paths)
        {
            var text = File.ReadAllText(path);
            var whole = text.LastIndexOf('\n') + 1;
            var number = 0;
            foreach (var line in text.AsSpan(0, whole).EnumerateLines())
            {
                number++;
                if (line.Length == 0)
                    continue;
                events.Add(Parse(line.ToString()) ?? throw new InvalidDataException($"{path}:{number}: '{line}' is no event."));
            }
        }
        return events;
    }

    public static HistoryEvent? Parse(string line)
    {
        var fields = line.Split(' ');
        if (fields.Length < 4)
            return null;
        var at = Number(fields[1]);
        return fields[0] switch
        {
            "W" => new WriterStarted(at, Int(fields[2]), fields[3] == "1", fields[4] == "1"),
            "S" => new Sent(at, Id(fields[2], fields[3]), Int(fields[4])),
            "A" => new Acked(at, Id(fields[2], fields[3]), Int(fields[4]), Number(fields[5])),
            "G" => new GaveUp(at, Id(fields[2], fields[3]), Int(fields[4]), fields[5]),
            "F" => new ReadFrom(at, Int(fields[2]), Int(fields[3]), Number(fields[4])),
            "P" => new Polled(at, Int(fields[2]), Int(fields[3]), Number(fields[4]), Id(fields[5], fields[6])),
            "E" => new ReachedEnd(at, Int(fields[2]), Int(fields[3]), Number(fields[4])),
            "C" => new Committed(at, Int(fields[2]), Int(fields[3]), Number(fields[4])),
            "R" => new Rebalanced(at, Int(fields[2]), fields[3]),
            _ => null,
        };
    }

    private static RecordId Id(string writer, string number) => new(Int(writer), Number(number));

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
