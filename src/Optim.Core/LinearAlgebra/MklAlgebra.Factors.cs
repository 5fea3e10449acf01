using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Optim.LinearAlgebra;

/// <content>LU, Cholesky, QR, and solving with them.</content>
internal sealed unsafe partial class MklAlgebra<T>
{
    public void LUFactor(T[] data, int order, int[] ipiv)
    {
        if (order <= 0 || !Has(data, (long)order * order) || !Has(ipiv, order))
        {
            managed.LUFactor(data, order, ipiv);
            return;
        }

        fixed (T* matrix = data)
        {
            fixed (int* pivots = ipiv)
            {
                Factor(matrix, order, pivots);
            }
        }

        Shift(ipiv, -1);
    }

    public void LUInverse(T[] a, int order)
    {
        if (order <= 0 || !Has(a, (long)order * order))
        {
            managed.LUInverse(a, order);
            return;
        }

        int[] pivots = new int[order];
        LUFactor(a, order, pivots);
        LUInverseFactored(a, order, pivots);
    }

    public void LUInverseFactored(T[] a, int order, int[] ipiv)
    {
        if (order <= 0 || !Has(a, (long)order * order) || !Has(ipiv, order))
        {
            managed.LUInverseFactored(a, order, ipiv);
            return;
        }

        int info, query = -1;
        T answer;
        int[] shifted = (int[])ipiv.Clone();
        Shift(shifted, 1);
        fixed (T* matrix = a)
        {
            fixed (int* pivots = shifted)
            {
                mkl.Getri(&order, matrix, &order, pivots, &answer, &query, &info);
                int length = WorkspaceLength(answer);
                using var work = new Scratch<T>(length);
                mkl.Getri(&order, matrix, &order, pivots, work.Pointer, &length, &info);
            }
        }

        CheckArguments(info);
        if (info > 0)
        {
            // Singular: LAPACK stops before it has changed anything, the managed code divides by zero and goes on.
            managed.LUInverseFactored(a, order, ipiv);
        }
    }

    public void LUSolve(int columnsOfB, T[] a, int order, T[] b)
    {
        if (order <= 0 || columnsOfB <= 0 || !Has(a, (long)order * order) || !Has(b, (long)order * columnsOfB) || ReferenceEquals(a, b))
        {
            managed.LUSolve(columnsOfB, a, order, b);
            return;
        }

        T[] factors = (T[])a.Clone();
        int[] pivots = new int[order];
        LUFactor(factors, order, pivots);
        LUSolveFactored(columnsOfB, factors, order, pivots, b);
    }

    public void LUSolveFactored(int columnsOfB, T[] a, int order, int[] ipiv, T[] b)
    {
        if (order <= 0 || columnsOfB <= 0 || !Has(a, (long)order * order) || !Has(ipiv, order) || !Has(b, (long)order * columnsOfB) || ReferenceEquals(a, b))
        {
            managed.LUSolveFactored(columnsOfB, a, order, ipiv, b);
            return;
        }

        int info;
        byte plain = N;
        int[] shifted = (int[])ipiv.Clone();
        Shift(shifted, 1);
        fixed (T* matrix = a, right = b)
        {
            fixed (int* pivots = shifted)
            {
                mkl.Getrs(&plain, &order, &columnsOfB, matrix, &order, pivots, right, &order, &info);
            }
        }

        CheckArguments(info);
    }

    public void CholeskyFactor(T[] a, int order)
    {
        if (order <= 0 || !Has(a, (long)order * order))
        {
            managed.CholeskyFactor(a, order);
            return;
        }

        int info;
        byte lower = L;
        fixed (T* matrix = a)
        {
            mkl.Potrf(&lower, &order, matrix, &order, &info);
        }

        CheckArguments(info);
        if (info > 0)
        {
            throw new ArgumentException("Matrix must be positive definite.");
        }

        for (int column = 1; column < order; column++)
        {
            a.AsSpan(column * order, column).Clear();
        }
    }

    public void CholeskySolve(T[] a, int orderA, T[] b, int columnsB)
    {
        if (orderA <= 0 || columnsB <= 0 || !Has(a, (long)orderA * orderA) || !Has(b, (long)orderA * columnsB) || ReferenceEquals(a, b))
        {
            managed.CholeskySolve(a, orderA, b, columnsB);
            return;
        }

        T[] factor = (T[])a.Clone();
        CholeskyFactor(factor, orderA);
        CholeskySolveFactored(factor, orderA, b, columnsB);
    }

    public void CholeskySolveFactored(T[] a, int orderA, T[] b, int columnsB)
    {
        if (orderA <= 0 || columnsB <= 0 || !Has(a, (long)orderA * orderA) || !Has(b, (long)orderA * columnsB) || ReferenceEquals(a, b))
        {
            managed.CholeskySolveFactored(a, orderA, b, columnsB);
            return;
        }

        int info;
        byte lower = L;
        fixed (T* matrix = a, right = b)
        {
            mkl.Potrs(&lower, &orderA, &columnsB, matrix, &orderA, right, &orderA, &info);
        }

        CheckArguments(info);
    }

    public void QRFactor(T[] a, int rowsA, int columnsA, T[] q, T[] tau)
    {
        int least = Math.Min(rowsA, columnsA);
        if (least <= 0 || !Has(a, (long)rowsA * columnsA) || !Has(q, (long)rowsA * rowsA) || tau is null || tau.Length < least)
        {
            managed.QRFactor(a, rowsA, columnsA, q, tau!);
            return;
        }

        Reflect(a, rowsA, columnsA, tau);
        a.AsSpan(0, rowsA * least).CopyTo(q);
        MultiplyReflections(q, rowsA, rowsA, least, tau);
        for (int column = 0; column < columnsA; column++)
        {
            int diagonal = Math.Min(rowsA, column + 1);
            a.AsSpan((column * rowsA) + diagonal, rowsA - diagonal).Clear();
        }
    }

    public void ThinQRFactor(T[] a, int rowsA, int columnsA, T[] r, T[] tau)
    {
        if (columnsA <= 0 || rowsA < columnsA || !Has(a, (long)rowsA * columnsA) || !Has(r, (long)columnsA * columnsA) || tau is null || tau.Length < columnsA)
        {
            managed.ThinQRFactor(a, rowsA, columnsA, r, tau!);
            return;
        }

        Reflect(a, rowsA, columnsA, tau);
        for (int column = 0; column < columnsA; column++)
        {
            var target = r.AsSpan(column * columnsA, columnsA);
            a.AsSpan(column * rowsA, column + 1).CopyTo(target);
            target[(column + 1)..].Clear();
        }

        MultiplyReflections(a, rowsA, columnsA, columnsA, tau);
    }

    public void QRSolve(T[] a, int rows, int columns, T[] b, int columnsB, T[] x, QRMethod method = QRMethod.Full)
    {
        if (!CanSolve(rows, columns, columnsB, b, x) || !Has(a, (long)rows * columns))
        {
            managed.QRSolve(a, rows, columns, b, columnsB, x, method);
            return;
        }

        // The first columns of Q are enough, whichever method.
        T[] q = (T[])a.Clone(), r = new T[columns * columns], tau = new T[columns];
        ThinQRFactor(q, rows, columns, r, tau);
        QRSolveFactored(q, r, rows, columns, tau, b, columnsB, x, QRMethod.Thin);
    }

    public void QRSolveFactored(T[] q, T[] r, int rowsA, int columnsA, T[] tau, T[] b, int columnsB, T[] x, QRMethod method = QRMethod.Full)
    {
        var (columnsQ, rowsR) = method == QRMethod.Full ? (rowsA, rowsA) : (columnsA, columnsA);
        if (!CanSolve(rowsA, columnsA, columnsB, b, x) || !Has(q, (long)rowsA * columnsQ) || !Has(r, (long)rowsR * columnsA))
        {
            managed.QRSolveFactored(q, r, rowsA, columnsA, tau, b, columnsB, x, method);
            return;
        }

        byte conjugate = C, plain = N, left = L, upper = U;
        T one = One, zero = default;
        fixed (T* orthogonal = q, triangular = r, right = b, solution = x)
        {
            mkl.Gemm(&conjugate, &plain, &columnsA, &columnsB, &rowsA, &one, orthogonal, &rowsA, right, &rowsA, &zero, solution, &columnsA);
            mkl.Trsm(&left, &upper, &plain, &plain, &columnsA, &columnsB, &one, triangular, &rowsR, solution, &columnsA);
        }
    }

    private static bool CanSolve(int rows, int columns, int columnsB, T[] b, T[] x) =>
        columns > 0 && rows >= columns && columnsB > 0 && Has(b, (long)rows * columnsB) && Has(x, (long)columns * columnsB) && !ReferenceEquals(b, x);

    // LAPACK counts rows from 1.
    private static void Shift(int[] pivots, int by)
    {
        for (int i = 0; i < pivots.Length; i++)
        {
            pivots[i] += by;
        }
    }

    private void Factor(T* matrix, int order, int* pivots)
    {
        int info;
        mkl.Getrf(&order, &order, matrix, &order, pivots, &info);
        CheckArguments(info);
    }

    /// <summary>R above the diagonal, and below it the reflectors of Q.</summary>
    private void Reflect(T[] a, int rows, int columns, T[] tau)
    {
        int info, query = -1;
        T answer;
        fixed (T* matrix = a, factors = tau)
        {
            mkl.Geqrf(&rows, &columns, matrix, &rows, factors, &answer, &query, &info);
            int length = WorkspaceLength(answer);
            using var work = new Scratch<T>(length);
            mkl.Geqrf(&rows, &columns, matrix, &rows, factors, work.Pointer, &length, &info);
        }

        CheckArguments(info);
    }

    private void MultiplyReflections(T[] q, int rows, int columns, int count, T[] tau)
    {
        int info, query = -1;
        T answer;
        fixed (T* matrix = q, factors = tau)
        {
            mkl.Orgqr(&rows, &columns, &count, matrix, &rows, factors, &answer, &query, &info);
            int length = WorkspaceLength(answer);
            using var work = new Scratch<T>(length);
            mkl.Orgqr(&rows, &columns, &count, matrix, &rows, factors, work.Pointer, &length, &info);
        }

        CheckArguments(info);
    }
}
