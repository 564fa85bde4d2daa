namespace Akka.Util;

/// <summary>Numbers as short names: a, b, …, z, A, …, Z, 0, …, 9, +, ~, ab, …</summary>
internal static class CompactName
{
    private const string Digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    public static string Of(long number)
    {
        Span<char> text = stackalloc char[11];
        var length = 0;
        var rest = (ulong)number;
        do
        {
            text[length++] = Digits[(int)(rest & 63)];
            rest >>= 6;
        }
        while (rest != 0);
        return new string(text[..length]);
    }
}
