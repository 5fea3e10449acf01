using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Optim.LinearAlgebra;

/// <summary>A loaded Intel MKL: the functions we use, by type.</summary>
internal sealed unsafe class MklLibrary
{
    public const string PathVariable = "OPTIM_MKL_PATH";

    private const int Sequential = 1;
    private const int FourByteIntegers = 0;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, MklSearch> Failures = new(StringComparer.Ordinal);
    private static MklSearch? found;

    private readonly delegate* unmanaged<void> freeBuffers;
    private readonly MklVectors<float> singleVectors;
    private readonly MklVectors<double> doubleVectors;

    private MklLibrary(nint handle)
    {
        Singles = new(handle, 's');
        Doubles = new(handle, 'd');
        Complex32s = new(handle, 'c');
        Complexes = new(handle, 'z');
        singleVectors = new(handle);
        doubleVectors = new(handle);
        DoubleAlgebra = new(Doubles, ManagedLinearAlgebraProvider.Instance);
        freeBuffers = (delegate* unmanaged<void>)NativeLibrary.GetExport(handle, "MKL_Free_Buffers");
    }

    public MklFunctions<float> Singles { get; }

    public MklFunctions<double> Doubles { get; }

    public MklFunctions<Complex32> Complex32s { get; }

    public MklFunctions<Complex> Complexes { get; }

    /// <summary>MathNet's linear algebra in double.</summary>
    public MklAlgebra<double> DoubleAlgebra { get; }

    /// <summary>Functions on vectors of float or double.</summary>
    public MklVectors<T> Vectors<T>()
        where T : unmanaged => (MklVectors<T>)(typeof(T) == typeof(float) ? (object)singleVectors : doubleVectors);

    /// <summary>BLAS and LAPACK for float or double.</summary>
    public MklFunctions<T> Functions<T>()
        where T : unmanaged => (MklFunctions<T>)(typeof(T) == typeof(float) ? (object)Singles : Doubles);

    /// <summary>The library, loaded once; failures are cached by path.</summary>
    /// <param name="path">A file or folder; null for the environment variable, then the system's search path.</param>
    public static MklSearch Find(string? path)
    {
        path ??= Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } variable ? variable : "";
        lock (Gate)
        {
            if (found is not null)
            {
                return found;
            }

            if (!Failures.TryGetValue(path, out var search))
            {
                search = Load(path);
                if (search.Library is null)
                {
                    Failures.Add(path, search);
                }
                else
                {
                    found = search;
                }
            }

            return search;
        }
    }

    /// <summary>As <see cref="Find"/>, without the cache.</summary>
    /// <param name="path">A file or folder; empty for the system's search path.</param>
    public static MklSearch Load(string path)
    {
        if (path.Length > 0)
        {
            return LoadFrom(path);
        }

        MklSearch? broken = null;
        foreach (string name in MklFiles.Names)
        {
            if (NativeLibrary.TryLoad(name, typeof(MklLibrary).Assembly, null, out nint handle) && MklFiles.Loaded() is { } loaded)
            {
                var search = Bind(handle, loaded);
                if (search.Library is not null)
                {
                    return search;
                }

                broken ??= search;
            }
        }

        if (Environment.GetEnvironmentVariable("MKLROOT") is { Length: > 0 } root && MklFiles.UnderRoot(root) is { } file)
        {
            return LoadFrom(file);
        }

        return broken ?? MklSearch.Failed(
            $"No Intel MKL was found: there is no {string.Join(", ", MklFiles.Names)} where the system looks for libraries, nor under MKLROOT. " +
            $"On Debian and Ubuntu it is the package libmkl-rt; elsewhere set {PathVariable} to the library or its folder.");
    }

    public void FreeBuffers() => freeBuffers();

    private static MklSearch LoadFrom(string path)
    {
        string file = path;
        if (Directory.Exists(path))
        {
            if (MklFiles.In(path) is not { } inside)
            {
                return MklSearch.Failed($"The folder '{path}' has no {string.Join(", ", MklFiles.Names)}.");
            }

            file = inside;
        }

        if (MklFiles.Damage(file) is { } damage)
        {
            return MklSearch.Failed($"'{file}' {damage}.");
        }

        try
        {
            file = Path.GetFullPath(file);
            return Bind(NativeLibrary.Load(file), file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or FileLoadException)
        {
            return MklSearch.Failed($"'{file}' could not be loaded: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Resolves the functions of a loaded library; calls none before all are resolved.</summary>
    private static MklSearch Bind(nint handle, string path)
    {
        try
        {
            var library = new MklLibrary(handle);
            var setThreading = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "MKL_Set_Threading_Layer");
            var setInterface = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "MKL_Set_Interface_Layer");
            var version = (delegate* unmanaged<MklVersion*, void>)NativeLibrary.GetExport(handle, "MKL_Get_Version");
            if (MklFiles.MissingPart(path) is { } part)
            {
                // MKL ends the process when it does not find a part of itself.
                NativeLibrary.Free(handle);
                return MklSearch.Failed($"'{path}' is not whole: {part} is not beside it.");
            }

            // The threading layer comes before any other call. The default layer needs an OpenMP runtime, and where there is none large
            // calls, and no small ones, abort the process.
            int threading = setThreading(Sequential);
            if (threading != Sequential)
            {
                return MklSearch.Failed(FormattableString.Invariant(
                    $"'{path}' is in use in this process already, with threading layer {threading} where {Sequential} (sequential) is needed."));
            }

            if (setInterface(FourByteIntegers) != FourByteIntegers)
            {
                return MklSearch.Failed($"'{path}' is in use in this process already, with integers of 8 bytes.");
            }

            var reproducibility = MklReproducibility.Choose(handle);
            MklVersion numbers;
            version(&numbers);
            return new(library, new(
                true, path, string.Create(CultureInfo.InvariantCulture, $"{numbers.Major}.{numbers.Minor}.{numbers.Update}"),
                Marshal.PtrToStringUTF8(numbers.Processor), reproducibility.Reason)
            {
                Reproducibility = reproducibility.Mode,
            });
        }
        catch (EntryPointNotFoundException e)
        {
            NativeLibrary.Free(handle);
            return MklSearch.Failed($"'{path}' is no usable Intel MKL: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MklVersion
    {
        public int Major;
        public int Minor;
        public int Update;
        public nint ProductStatus;
        public nint Build;
        public nint Processor;
        public nint Platform;
    }
}

/// <summary>The result of searching for the library.</summary>
/// <param name="Library">The library; null if there is none.</param>
/// <param name="Status">Which one, or why not.</param>
internal sealed record MklSearch(MklLibrary? Library, MklStatus Status)
{
    public static MklSearch Failed(string reason) => new(null, new(false, null, null, null, reason));
}
