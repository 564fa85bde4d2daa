namespace Akka.Broker.Gateway;

/// <summary>Which names a topic may have: 1 to 249 of the characters <c>a-z A-Z 0-9 . _ -</c>, and neither <c>.</c> nor <c>..</c>, since a name is a folder's.</summary>
public static class TopicNames
{
    private const int LengthMax = 249;

    public static bool IsValid(string? name)
    {
        if (name is null or "" or "." or ".." || name.Length > LengthMax)
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                return false;
        }
        return true;
    }
}
