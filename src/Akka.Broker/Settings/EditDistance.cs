namespace Akka.Broker.Settings;

/// <summary>How many letters two keys differ in: for "did you mean".</summary>
internal static class EditDistance
{
    public static int Of(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }

    /// <summary>The key nearest to <paramref name="wrong"/>, and how near.</summary>
    public static (string Key, int Distance) Nearest(string wrong, IEnumerable<string> keys) =>
        keys.Select(k => (Key: k, Distance: Of(k, wrong))).OrderBy(k => k.Distance).ThenBy(k => k.Key, StringComparer.Ordinal).First();
}
